/**
 * The bytes that the app brings.
 * @param {unknown} given
 */
export function source(given) {
  return given;
}
