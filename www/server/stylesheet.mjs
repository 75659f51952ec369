/** The look of the pages. It is served as a file, as their policy forbids inline styles. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --page: #eef1f6;
  --card: #ffffff;
  --text: #1b2330;
  --soft: #566174;
  --line: #c4ccd8;
  --accent: #2b5fd0;
  --accent-text: #ffffff;
  --bad: #a3211b;
  --bad-back: #fdeceb;
}

@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c;
    --card: #1b212b;
    --text: #e8ecf3;
    --soft: #a3aec0;
    --line: #414b5b;
    --accent: #8ab0ff;
    --accent-text: #0d1420;
    --bad: #ffb4ad;
    --bad-back: #3a1d1c;
  }
}

* {
  box-sizing: border-box;
}

body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1rem;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}

main {
  width: 100%;
  max-width: 26rem;
  padding: clamp(1.25rem, 5vw, 2.25rem);
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  overflow-wrap: anywhere;
}

h1 {
  margin: 0 0 0.25rem;
  font-size: 1.5rem;
  line-height: 1.25;
}

h2 {
  margin: 0 0 0.25rem;
  font-size: 0.9rem;
}

p {
  margin: 0 0 1rem;
}

.system {
  margin: 0 0 0.75rem;
  color: var(--soft);
  font-size: 0.875rem;
}

code {
  font: 0.9em ui-monospace, monospace;
}

label {
  display: block;
  margin-bottom: 0.25rem;
  font-weight: 600;
}

input {
  display: block;
  width: 100%;
  margin-bottom: 1rem;
  padding: 0.6rem 0.75rem;
  color: inherit;
  background: transparent;
  border: 1px solid var(--soft);
  border-radius: 0.4rem;
  font: inherit;
}

button {
  width: 100%;
  padding: 0.65rem 1rem;
  color: var(--accent-text);
  background: var(--accent);
  border: 1px solid var(--accent);
  border-radius: 0.4rem;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}

button.secondary {
  color: var(--text);
  background: transparent;
  border-color: var(--soft);
}

button:hover {
  filter: brightness(1.08);
}

:is(input, button):focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

.choice {
  display: flex;
  flex-wrap: wrap;
  gap: 0.75rem;
}

.choice button {
  flex: 1 1 8rem;
}

.one-click {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
  gap: 0.75rem;
  margin-bottom: 1.5rem;
  padding-bottom: 0.5rem;
  border-bottom: 1px solid var(--line);
}

.one-click button {
  padding-inline: 0.25rem;
  font-size: 0.95rem;
}

.one-click p {
  grid-column: 1 / -1;
  color: var(--soft);
  font-size: 0.9rem;
}

.scopes {
  margin: 0 0 1rem;
  padding: 0.75rem 0.75rem 0.75rem 2rem;
  border: 1px solid var(--line);
  border-radius: 0.4rem;
}

.alert {
  padding: 0.6rem 0.75rem;
  color: var(--bad);
  background: var(--bad-back);
  border-radius: 0.4rem;
}

aside {
  margin-top: 1.5rem;
  padding-top: 1rem;
  border-top: 1px solid var(--line);
  color: var(--soft);
  font-size: 0.9rem;
}

dl {
  margin: 0;
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0 1rem;
}

dd {
  margin: 0;
}

.endpoints {
  grid-template-columns: 1fr;
}

.endpoints dt {
  margin-top: 0.75rem;
  font-weight: 600;
}
`;
