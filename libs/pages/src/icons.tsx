/** The mark of the product. */
export const Mark = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="currentColor" fill-opacity="0.14" />
    <circle
      cx="16"
      cy="16"
      r="9.8"
      fill="none"
      stroke="currentColor"
      stroke-opacity="0.75"
      stroke-width="1.8"
      stroke-dasharray="2.6 1.25"
    />
    <path d="M16 11a3.3 3.3 0 0 0-1.55 6.2L13.5 21.5h5l-.95-4.3A3.3 3.3 0 0 0 16 11Z" fill="currentColor" />
  </svg>
);

const Outline = ({ d }: { d: string }) => (
  <svg
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={d} />
  </svg>
);

export const TickIcon = () => <Outline d="M4 10.5l4 4 8-9" />;
export const WarningIcon = () => (
  <Outline d="M10 6.2v4.6M10 13.8v.01M10 1.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z" />
);
