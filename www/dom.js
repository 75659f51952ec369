// @ts-check
/**
 * The element of that id, which must be of that type.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function find(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`There is no ${type.name} #${id}`);
}

/**
 * A new element. Text stays text: nothing on this page is ever parsed as HTML.
 * @param {string} tag
 * @param {string} className
 * @param {...(string | Node)} children
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * Runs a task at each click or submit, one at a time.
 *
 * The button is not disabled meanwhile, as that would take the focus away from it.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} task
 */
export function onPress(button, task) {
  const run = async () => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      await task();
    } finally {
      button.ariaBusy = null;
    }
  };
  if (button.type !== "submit" || !button.form) return button.addEventListener("click", run);
  return button.form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}
