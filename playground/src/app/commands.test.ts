import { expect, test } from "vitest";
import { match } from "./commands";
import { crumbsOf } from "./crumbsOf";

const command = (label: string, hint = "") => ({
  id: label,
  label,
  hint,
  icon: "plus" as const,
  run: () => undefined,
});

test("what begins with the letters comes first, and all words must be there", () => {
  const commands = [command("Create Box"), command("Box", "net.example.org"), command("Query editor")];
  expect(match(commands, "box").map(({ label }) => label)).toEqual(["Box", "Create Box"]);
  expect(match(commands, "box example").map(({ label }) => label)).toEqual(["Box"]);
  expect(match(commands, "")).toHaveLength(3);
});

test("an address tells the way to itself", () => {
  const labels = (location: string) =>
    crumbsOf(location, name => name.replace(/^.*_/, "")).map(({ label }) => label);
  expect(labels("/")).toEqual(["Overview"]);
  expect(labels("/kinds/Net_Box/edit")).toEqual(["Kinds", "Box", "Edit"]);
  expect(labels("/resources/Net_Box/default/a.b")).toEqual(["Resources", "Box", "default/a.b"]);
  expect(labels("/resources/Net_Box/-/a")).toEqual(["Resources", "Box", "a"]);
});
