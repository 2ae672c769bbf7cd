import { Icon } from "~/components/Icon";
import { Store, useStore } from "~/data/store";

interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const toasts = new Store<readonly Toast[]>([]);
let last = 0;

/** Says something that has happened, for some seconds; errors stay until they are put away. */
export function toast(text: string, tone: Toast["tone"] = "good"): void {
  last += 1;
  const id = last;
  toasts.update(all => [...all, { id, text, tone }].slice(-4));
  if (tone === "good") setTimeout(() => dismiss(id), 5_000);
}

function dismiss(id: number): void {
  toasts.update(all => all.filter(one => one.id !== id));
}

export function Toasts() {
  return (
    <div className="toast-region" role="status" aria-live="polite">
      {useStore(toasts).map(({ id, text, tone }) => (
        <div key={id} className="toast">
          <span className={`badge ${tone}`}>
            <Icon name={tone === "good" ? "check" : "warning"} />
          </span>
          <span className="grow">{text}</span>
          <button type="button" className="button quiet small" onClick={() => dismiss(id)}>
            <Icon name="close" label="Dismiss" />
          </button>
        </div>
      ))}
    </div>
  );
}
