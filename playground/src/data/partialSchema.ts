import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  visit,
} from "graphql";

/** A schema's SDL, cut into definitions, of which only those in use are parsed: that of thousands of kinds is large. */
export interface CutSdl {
  /** The text of each type by its name. */
  types: ReadonlyMap<string, string>;
  directives: string;
}

const ROOTS = ["Query", "Mutation", "Subscription"] as const;

/** Cuts SDL into its definitions, line by line; what looks like one inside a description is none. */
export function cutSdl(sdl: string): CutSdl {
  const types = new Map<string, string>();
  const directives: string[] = [];
  let lines: string[] = [];
  let name: string | undefined;
  let isInText = false;
  const finish = () => {
    if (name === "") directives.push(lines.join("\n"));
    else if (name !== undefined) types.set(name, lines.join("\n"));
    lines = [];
    name = undefined;
  };
  for (const line of sdl.split("\n")) {
    const isTop = !isInText && /^\S/.test(line);
    const definition = isTop
      ? /^(type|input|enum|interface|union|scalar|directive|schema)\b[ @]*(\w*)/.exec(line)
      : null;
    if (isTop && name !== undefined && (definition || line.startsWith('"'))) finish();
    lines.push(line);
    if (definition) name = /^(directive|schema)$/.test(definition[1]!) ? "" : definition[2];
    if ((line.match(/(?<!\\)"""/g)?.length ?? 0) % 2) isInText = !isInText;
  }
  finish();
  return { types, directives: directives.join("\n") };
}

/** Builds the schema of those root fields that are wanted, with all that they need. */
export function partialSchema(
  { types, directives }: CutSdl,
  isWanted: (field: string) => boolean,
): GraphQLSchema {
  const definitions: DefinitionNode[] = [];
  const wanted: string[] = [];
  const seen = new Set<string>(ROOTS);
  const want = (definition: DefinitionNode) => {
    visit(definition, {
      NamedType({ name }) {
        if (!seen.has(name.value)) {
          seen.add(name.value);
          wanted.push(name.value);
        }
      },
    });
    definitions.push(definition);
  };
  for (const definition of directives ? parseOne(directives).definitions : []) want(definition);
  for (const root of ROOTS) {
    const text = types.get(root);
    for (const definition of text ? parseOne(text).definitions : []) want(withFields(definition, isWanted));
  }
  // Fragments may be on any type that implements an interface in use.
  for (const directive of definitions)
    visit(directive, { NamedType: ({ name }) => void wanted.push(name.value) });
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const text = types.get(name);
    if (text) for (const definition of parseOne(text).definitions) want(definition);
  }
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValid: true, assumeValidSDL: true });
}

function parseOne(text: string): DocumentNode {
  return parse(text, { noLocation: true });
}

function withFields(definition: DefinitionNode, isWanted: (field: string) => boolean): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return definition;
  return { ...definition, fields: definition.fields?.filter(({ name }) => isWanted(name.value)) ?? [] };
}

/** Returns the names of the root fields of a schema. */
export function rootFields({ types }: CutSdl): string[] {
  return ROOTS.flatMap(root =>
    [...(types.get(root) ?? "").matchAll(/^ {2}(\w+)[(:]/gm)].map(match => match[1]!),
  );
}
