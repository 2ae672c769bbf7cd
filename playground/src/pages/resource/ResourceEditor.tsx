export default function ResourceEditor(_: Record<string, unknown>) {
  return null;
}
