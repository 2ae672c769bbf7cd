import { Menu, MenuButton, MenuItem, MenuProvider } from "@ariakit/react";
import { toast } from "~/app/toasts";
import { type Call, LANGUAGES, type Language, snippetOf } from "~/data/snippets";
import { Icon } from "./Icon";

interface CopyAsProps {
  call: () => Call;
  small?: boolean;
  /** Where there is room for an icon alone. */
  iconOnly?: boolean;
}

/** Copies an operation as a program in the language that one picks. */
export function CopyAs({ call, small = false, iconOnly = false }: CopyAsProps) {
  const copy = async (language: Language) => {
    await copyText(snippetOf(language, call(), location.origin));
    toast(`Copied as ${language}`);
  };
  return (
    <MenuProvider placement="bottom-end">
      <MenuButton
        className={iconOnly ? "button quiet icon" : small ? "button small" : "button"}
        title="Copy as curl, Python or JavaScript"
      >
        {iconOnly ? <Icon name="download" label="Copy as" /> : <Icon name="copy" />}
        {!iconOnly && "Copy as"}
      </MenuButton>
      <Menu className="menu" gutter={4} portal>
        {LANGUAGES.map(language => (
          <MenuItem key={language} className="menu-item" onClick={() => void copy(language)}>
            {language}
          </MenuItem>
        ))}
      </Menu>
    </MenuProvider>
  );
}

/** Puts text on the clipboard, also where the page is not served securely and the browser has no API for it. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
