/** @template {HTMLElement} [T=HTMLElement] @param {string} id @param {new () => T} [type] @returns {T} */
export function find(id, type = /** @type {any} */ (HTMLElement)) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`There is no ${type.name} #${id}`);
}

/** @param {string} id @param {string} text */
export const write = (id, text) => void (find(id).textContent = text);

/** @param {string} id @param {boolean} isShown */
export const show = (id, isShown) => void (find(id).hidden = !isShown);

/** Never parses HTML. @param {string} tag @param {string} className @param {...(string | Node)} children */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} text @param {() => Promise<void>} task */
export function button(text, task) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "button", textContent: text });
  onPress(element, task);
  return element;
}

/**
 * One at a time; the button is not disabled meanwhile, as that would take the focus away from it.
 * @param {HTMLButtonElement} element
 * @param {() => Promise<void>} task
 */
export function onPress(element, task) {
  const run = async () => {
    if (element.ariaBusy === "true") return;
    element.ariaBusy = "true";
    try {
      await task();
    } finally {
      element.ariaBusy = null;
    }
  };
  if (element.type !== "submit") return element.addEventListener("click", run);
  return element.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}
