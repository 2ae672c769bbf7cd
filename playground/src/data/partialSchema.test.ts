import { expect, test } from "vitest";
import { cutSdl, partialSchema, rootFields } from "./partialSchema";

const SDL = `"""Who answers."""
interface Node {
  id: ID!
}

type Box implements Node {
  id: ID!
  size: Size
}

"""
How large. The word
type Trap {
is in a description.
"""
enum Size {
  """Not small."""
  BIG
}

type Cup implements Node {
  id: ID!
}

type Query {
  """One box."""
  box(
    """Its name."""
    name: String!
  ): Box
  cup: Cup
  node(id: ID!): Node
}

type Subscription {
  watchBoxes: Box!
}
`;

test("root fields are named", () => {
  expect(rootFields(cutSdl(SDL))).toEqual(["box", "cup", "node", "watchBoxes"]);
});

test("a part has what its fields need and no more", () => {
  const schema = partialSchema(cutSdl(SDL), field => field !== "cup");
  expect(Object.keys(schema.getQueryType()!.getFields())).toEqual(["box", "node"]);
  expect(schema.getType("Size")).toBeDefined();
  expect(schema.getType("Cup")).toBeUndefined();
  expect(schema.getSubscriptionType()).toBeDefined();
});

test("the whole has everything", () => {
  const schema = partialSchema(cutSdl(SDL), () => true);
  expect(schema.getType("Cup")).toBeDefined();
  expect(schema.getType("Size")?.description).toContain("How large");
});
