import { useEffect, useState } from "react";
import { LongText } from "~/components/LongText";
import { Loading } from "~/components/State";
import { messageOf } from "~/data/errors";
import type { JsonObject } from "~/data/json";
import { previewSdl } from "~/data/sdl";

const PAUSE_MILLISECONDS = 500;

/** The GraphQL that a definition makes. */
export function SdlPreview({ spec }: { spec: JsonObject }) {
  const [sdl, setSdl] = useState<string>();
  const [error, setError] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      previewSdl(spec, stop.signal).then(
        text => {
          setSdl(text);
          setError("");
        },
        problem => stop.signal.aborted || setError(messageOf(problem)),
      );
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [spec]);
  if (error) return <p className="note bad">{error}</p>;
  if (sdl === undefined) return <Loading what="Making the types" />;
  return <LongText label="The SDL of the kind" text={sdl} />;
}
