import { useState } from "react";

const STEP = 40_000;

/** Text of any length, of which so much is in the document as a page can bear; the rest comes on demand. */
export function LongText({ text, label }: { text: string; label: string }) {
  const [shown, setShown] = useState(STEP);
  return (
    <>
      <pre className="code long" tabIndex={0} role="region" aria-label={label}>
        {text.slice(0, shown)}
      </pre>
      {text.length > shown && (
        <p className="row body">
          <span className="muted">
            {shown.toLocaleString()} of {text.length.toLocaleString()} characters
          </span>
          <button type="button" className="button small" onClick={() => setShown(shown + STEP * 4)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
