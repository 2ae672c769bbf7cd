import type { ReactNode } from "react";
import { codeOf, messageOf } from "~/data/errors";
import { Icon, type IconName } from "./Icon";

interface StateProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

/** What stands where there is nothing to show, and says why, and what one can do. */
export function State({ icon, title, children, actions }: StateProps) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children && <div>{children}</div>}
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <div className="state" role="status">
      <span className="spinner" />
      <span>{what}…</span>
    </div>
  );
}

/** Says what went wrong, in the way of its kind: forbidden, offline, absent, or an error. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const code = codeOf(error);
  const { icon, title } = TITLES[code] ?? { icon: "warning" as const, title: "That did not work" };
  return (
    <div role="alert">
      <State
        icon={icon}
        title={title}
        actions={
          retry && (
            <button type="button" className="button" onClick={retry}>
              Try again
            </button>
          )
        }
      >
        <p>{messageOf(error)}</p>
      </State>
    </div>
  );
}

const TITLES: Record<string, { icon: IconName; title: string }> = {
  UNREACHABLE: { icon: "offline", title: "The server does not answer" },
  UNAVAILABLE: { icon: "offline", title: "The server is not available now" },
  FORBIDDEN: { icon: "lock", title: "You may not see this" },
  UNAUTHENTICATED: { icon: "lock", title: "The server does not know who you are" },
  NOT_FOUND: { icon: "empty", title: "This is not here" },
  KIND_REMOVED: { icon: "empty", title: "This kind has been removed" },
};
