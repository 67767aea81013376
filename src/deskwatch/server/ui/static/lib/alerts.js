// What is known of an alert wherever it is shown.

// Only what pages a person at night is red.
export const toneOf = ({ severity }) => (["critical", "page"].includes(severity) ? "bad" : "warn");
