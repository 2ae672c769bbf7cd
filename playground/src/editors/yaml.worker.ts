import type { Json } from "~/data/json";
import { writeYaml } from "./yaml";

self.onmessage = ({ data }: MessageEvent<{ id: number; value: Json }>) => {
  self.postMessage({ id: data.id, text: writeYaml(data.value) });
};
