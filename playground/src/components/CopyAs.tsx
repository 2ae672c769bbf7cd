import { Menu, MenuButton, MenuItem, MenuProvider } from "@ariakit/react";
import { toast } from "~/app/toasts";
import { type Call, LANGUAGES, type Language, snippetOf } from "~/data/snippets";
import { Icon } from "./Icon";

/** Copies an operation as a program in the language that one picks. */
export function CopyAs({ call, small = false }: { call: () => Call; small?: boolean }) {
  const copy = async (language: Language) => {
    await copyText(snippetOf(language, call(), location.origin));
    toast(`Copied as ${language}`);
  };
  return (
    <MenuProvider placement="bottom-end">
      <MenuButton className={small ? "button small" : "button"}>
        <Icon name="copy" /> Copy as
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
