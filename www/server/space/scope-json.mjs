import { contextJson, GLOBAL } from "./contexts.mjs";
import { PROJECTS } from "./projects.mjs";
import { findRight } from "./rights-catalogue.mjs";

// A scope may name what is not here: of such a place there is nothing to tell but its name.
function placeJson(identifier) {
  const [, kind, name] = /^(project|channel):(.+)$/.exec(identifier) ?? [];
  if (kind === "channel") return { className: "PrivateChannelPermissionContext", channelId: name };
  if (kind === undefined) return contextJson(GLOBAL);
  const project = PROJECTS.find(({ id, key }) => [`key:${key.key}`, `id:${id}`].includes(name));
  if (project) return contextJson({ project });
  return { className: "PrivateProjectPermissionContext", projectId: name.replace(/^id:/, "") };
}

function grantJson(element) {
  const end = element.lastIndexOf(":");
  const rightCode = element.slice(end + 1);
  const { name = rightCode, group = null } = findRight(rightCode) ?? {};
  return { context: placeJson(element.slice(0, Math.max(end, 0))), right: { rightCode, name, group } };
}

/**
 * What a consent tells of a scope: each right with its context, or that it is all of them.
 * @param {string[]} scope
 */
export const scopeJson = (scope) =>
  scope.includes("**")
    ? { className: "XScopeApi.All" }
    : { className: "XScopeApi.Scope", grants: scope.map(grantJson) };
