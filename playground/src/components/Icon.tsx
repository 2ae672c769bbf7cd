/** Icons of one stroke on a grid of 24, drawn for this project. */
const PATHS = {
  home: "M4 11l8-7 8 7M6 10v10h12V10",
  kinds: "M4 5h7v6H4zM13 13h7v6h-7zM13 5h7v4h-7zM4 15h7v4H4z",
  resources: "M4 6h16M4 12h16M4 18h16",
  query: "M5 8l4 4-4 4M12 17h7",
  events: "M12 4v8l5 3M21 12a9 9 0 11-3-6.7",
  controllers:
    "M12 8a4 4 0 100 8 4 4 0 000-8zM12 3v2M12 19v2M3 12h2M19 12h2M6 6l1.4 1.4M16.6 16.6L18 18M6 18l1.4-1.4M16.6 7.4L18 6",
  addons: "M9 4h6v4h5v12H4V8h5z",
  search: "M11 4a7 7 0 105 12 7 7 0 00-5-12zM16 16l4 4",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  moon: "M20 14A8.5 8.5 0 0110 4a8.5 8.5 0 1010 10z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  help: "M9 9a3 3 0 116 .5c0 2-3 2-3 4.5M12 18v.5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  right: "M9 5l7 7-7 7",
  pause: "M8 5v14M16 5v14",
  play: "M7 4l13 8-13 8z",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  warning: "M12 3l10 18H2zM12 10v5M12 18v.5",
  offline:
    "M3 3l18 18M5 12a10 10 0 014-2.600M2 8.500a15 15 0 014-2.300M12 19h.01M8.500 15.500a5 5 0 016 .300M12 5a15 15 0 0110 3.500M16 10.500a10 10 0 013 1.500",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 018 0v3",
  empty: "M4 13l3-8h10l3 8v6H4zM4 13h5a3 3 0 006 0h5",
  check: "M5 12l5 5L19 7",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  graph:
    "M5 8a2 2 0 100-4 2 2 0 000 4zM19 14a2 2 0 100-4 2 2 0 000 4zM5 20a2 2 0 100-4 2 2 0 000 4zM7 6c5 0 5 6 10 6M7 18c5 0 5-6 10-6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
  return (
    <svg
      className="icon-svg"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...named}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
