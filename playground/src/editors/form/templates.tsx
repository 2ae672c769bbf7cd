import {
  ADDITIONAL_PROPERTY_FLAG,
  type ArrayFieldItemTemplateProps,
  type ArrayFieldTemplateProps,
  type FieldTemplateProps,
  type IconButtonProps,
  type MultiSchemaFieldTemplateProps,
  type ObjectFieldTemplateProps,
  type TemplatesType,
  type WrapIfAdditionalTemplateProps,
} from "@rjsf/utils";
import { useState } from "react";
import { Icon, type IconName } from "~/components/Icon";

/** How the form library's fields look here. Objects that nobody has filled in are made when they are opened. */
export const templates: Partial<TemplatesType> = {
  FieldTemplate,
  ObjectFieldTemplate,
  ArrayFieldTemplate,
  ArrayFieldItemTemplate,
  WrapIfAdditionalTemplate,
  MultiSchemaFieldTemplate,
  DescriptionFieldTemplate: ({ id, description }) =>
    description ? (
      <p id={id} className="field-description">
        {String(description)}
      </p>
    ) : null,
  TitleFieldTemplate: () => null,
  ErrorListTemplate: () => null,
  ButtonTemplates: {
    SubmitButton: () => null,
    AddButton: props => <Button {...props} icon="plus" label="Add" />,
    CopyButton: props => <Button {...props} icon="copy" label="Copy" />,
    MoveDownButton: props => <Button {...props} icon="down" label="Move down" />,
    MoveUpButton: props => <Button {...props} icon="up" label="Move up" />,
    RemoveButton: props => <Button {...props} icon="close" label="Remove" />,
    ClearButton: props => <Button {...props} icon="close" label="Clear" />,
  },
};

function Button({ onClick, disabled, icon, label }: IconButtonProps & { icon: IconName; label: string }) {
  return (
    <button type="button" className="button quiet small" disabled={disabled} onClick={onClick} title={label}>
      <Icon name={icon} label={label} />
    </button>
  );
}

function FieldTemplate(props: FieldTemplateProps) {
  const { id, label, required, children, rawErrors, rawDescription, hidden, schema, displayLabel, registry } =
    props;
  const Wrap = registry.templates.WrapIfAdditionalTemplate;
  if (hidden) return <div hidden>{children}</div>;
  const isContainer = schema.type === "object" || schema.type === "array";
  return (
    <Wrap {...props}>
      <div className={rawErrors?.length ? "field wrong" : "field"}>
        {displayLabel && !isContainer && (
          <label htmlFor={id} className="field-label">
            {label}
            {required && <span className="required"> required</span>}
          </label>
        )}
        {children}
        {displayLabel && !isContainer && rawDescription && (
          <p className="field-description">{rawDescription}</p>
        )}
        {rawErrors?.map(error => (
          <p key={error} className="field-error" id={`${id}__error`}>
            {error}
          </p>
        ))}
      </div>
    </Wrap>
  );
}

function ObjectFieldTemplate(props: ObjectFieldTemplateProps) {
  const { title, schema, properties, formData, required, fieldPathId, onAddProperty, disabled } = props;
  const isRoot = fieldPathId.path.length === 0;
  const isFilled = formData !== undefined && formData !== null && Object.keys(formData).length > 0;
  const [chosen, setOpen] = useState<boolean>();
  const open = chosen ?? (isRoot || required === true || isFilled);
  const canAdd = Boolean(schema.additionalProperties);
  const body = (
    <>
      {properties.filter(({ hidden }) => !hidden).map(({ content }) => content)}
      {canAdd && (
        <button type="button" className="button small" disabled={disabled} onClick={onAddProperty}>
          <Icon name="plus" /> Add an entry
        </button>
      )}
    </>
  );
  if (isRoot) return <div className="fields">{body}</div>;
  return (
    <fieldset className="fieldset">
      <legend>
        <button type="button" className="tree-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {title}
          {required && <span className="required"> required</span>}
        </button>
      </legend>
      {schema.description && <p className="field-description">{schema.description}</p>}
      {open && <div className="fields">{body}</div>}
    </fieldset>
  );
}

function ArrayFieldTemplate({
  title,
  items,
  canAdd,
  onAddClick,
  schema,
  required,
  disabled,
}: ArrayFieldTemplateProps) {
  return (
    <fieldset className="fieldset">
      <legend>
        {title}
        {required && <span className="required"> required</span>}{" "}
        <span className="muted">({items.length})</span>
      </legend>
      {schema.description && <p className="field-description">{schema.description}</p>}
      <div className="fields">{items}</div>
      {canAdd && (
        <button type="button" className="button small" disabled={disabled} onClick={onAddClick}>
          <Icon name="plus" /> Add to {title}
        </button>
      )}
    </fieldset>
  );
}

function ArrayFieldItemTemplate({
  children,
  buttonsProps,
  registry,
  hasToolbar,
}: ArrayFieldItemTemplateProps) {
  const Buttons = registry.templates.ArrayFieldItemButtonsTemplate;
  return (
    <div className="field-item">
      <div className="grow">{children}</div>
      {hasToolbar && (
        <div className="row">
          <Buttons {...buttonsProps} />
        </div>
      )}
    </div>
  );
}

function WrapIfAdditionalTemplate(props: WrapIfAdditionalTemplateProps) {
  const { schema, id, label, children, onKeyRenameBlur, onRemoveProperty, disabled, registry, uiSchema } =
    props;
  if (!(ADDITIONAL_PROPERTY_FLAG in schema)) return <>{children}</>;
  const { RemoveButton } = registry.templates.ButtonTemplates;
  return (
    <div className="field-item">
      <input
        className="input mono"
        aria-label={`Key of ${label}`}
        id={`${id}-key`}
        defaultValue={label}
        onBlur={onKeyRenameBlur}
        disabled={disabled}
      />
      <div className="grow">{children}</div>
      <RemoveButton
        onClick={onRemoveProperty}
        disabled={disabled}
        registry={registry}
        {...(uiSchema ? { uiSchema } : {})}
      />
    </div>
  );
}

function MultiSchemaFieldTemplate({ selector, optionSchemaField }: MultiSchemaFieldTemplateProps) {
  return (
    <div className="fields">
      <div className="field">{selector}</div>
      {optionSchemaField}
    </div>
  );
}
