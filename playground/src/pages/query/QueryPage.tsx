export default function QueryPage(_: Record<string, unknown>) {
  return null;
}
