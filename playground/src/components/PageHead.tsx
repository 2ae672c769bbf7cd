import { type ReactNode, useEffect } from "react";

interface PageHeadProps {
  title: string;
  /** Beside the title, such as badges. */
  beside?: ReactNode;
  below?: ReactNode;
  actions?: ReactNode;
}

/** The heading of a page, which is also the title of the browser's tab. */
export function PageHead({ title, beside, below, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Kindgraph`;
  }, [title]);
  return (
    <div className="page-head">
      <div className="titles">
        <div className="row">
          <h1>{title}</h1>
          {beside}
        </div>
        {below && <div className="muted">{below}</div>}
      </div>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}
