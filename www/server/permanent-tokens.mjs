/**
 * The permanent tokens of every user, known beforehand so that a test need not create one.
 * An application's token is nobody's, as that of client credentials; the user is only its owner.
 * @param {readonly object[]} systems
 * @param {readonly object[]} users
 * @returns {{ system: string, owner: string, kind: string, value: string, username?: string }[]}
 */
export function listPermanentTokens(systems, users) {
  return systems.flatMap(({ id: system, permanentTokens }) =>
    Object.entries(permanentTokens).flatMap(([kind, valueFor]) =>
      users.map((user) => ({
        system,
        owner: user.username,
        kind,
        value: valueFor(user),
        username: kind === "personal" ? user.username : undefined,
      })),
    ),
  );
}

/** The same as `tokens[system][owner][kind]`. */
export function permanentTokensByOwner(list) {
  const tokens = {};
  for (const { system, owner, kind, value } of list) ((tokens[system] ??= {})[owner] ??= {})[kind] = value;
  return tokens;
}
