// Icons as SVG paths on a 16 x 16 field, our own: no font can be missing, and colour never speaks alone.

export const ICONS = {
  good: "M2.5 8.5l3.5 3.5 7.5-8",
  warn: "M8 1.5L15 14H1L8 1.5zM8 6v4M8 11.8v.4",
  bad: "M5 1.5h6l3.5 3.5v6L11 14.5H5L1.5 11V5L5 1.5zM8 4.5v4.5M8 11v.4",
  info: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13zM8 7v4.5M8 4.5v.4",
  wait: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13zM8 4v4l2.5 2",
  play: "M4.5 2.5l8.5 5.5-8.5 5.5z",
  down: "M8 2.5v10M3.5 8l4.5 4.5L12.5 8",
  halt: "M3.5 3.5h9v9h-9z",
  unknown: "M5.5 5.8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.7M8 12v.4",
};

export const Icon = {
  props: { name: String },
  computed: { path: ({ name }) => ICONS[name] ?? ICONS.info },
  template: `<svg class="dw-icon" viewBox="0 0 16 16" aria-hidden="true"><path :d="path" /></svg>`,
};
