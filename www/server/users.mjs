import { sameSecret } from "./random.mjs";

/** The people who can log in. Their passwords are printed on the log-in page. */
export const USERS = Object.freeze([
  { id: "1aLiCe", username: "alice", password: "alice-password", firstName: "Alice", lastName: "Adams" },
  { id: "2bOb", username: "bob", password: "bob-password", firstName: "Bob", lastName: "Brown" },
]);

export const findUser = (username) => USERS.find((user) => user.username === username);

/**
 * @param {unknown} username
 * @param {unknown} password
 */
export function checkPassword(username, password) {
  const user = findUser(username);
  return user && sameSecret(user.password, password) ? user : undefined;
}

export const emailOf = (user) => `${user.username}@example.com`;
