import { PageHead } from "~/components/PageHead";

/** Defines a kind, or changes one. */
export default function DefinitionEditor({ name }: { name?: string }) {
  return (
    <div className="page-body">
      <PageHead title={name ? `Edit ${name}` : "Define a kind"} />
    </div>
  );
}
