// The playground itself, worked by clicks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../../www/serve.mjs";
import { until } from "../support/until.mjs";

/** The steps that a sign-in lights, in order; then those of a call of the API. */
const SIGNED_IN = ["leave", "authorize", "redirect", "arrive", "ask", "tokens"];
const CALLED = ["call", "answer"];

/** What is clicked: the name on a tile, a button of the page, a button of the server's page. */
const tile = (choice) => `[id="${choice}-name"]`;
const button = (id) => `#${id}`;
const CONTINUE_AS_ALICE = 'button[name="continue_as"][value="alice"]';

/**
 * @param {string} name of the browser
 * @param {import("./index.mjs").World} world
 */
export function playground(name, world) {
  test(`${name}: the playground signs in by clicks, lights its diagram, calls the API and signs out`, async (t) => {
    const site = await serve({ port: 0, serverPort: 0 });
    t.after(() => site.close());
    const tab = await world.open();
    const sees = (what, look, ...args) => until(what, () => tab.evaluate(look, ...args));
    await tab.goto(site.url);
    await sees("nobody is signed in", isStatus, "Signed out");

    await tab.click(tile("space:implicit"));
    await sees("the code is that of the tile", codeHas, 'flow: "implicit"', true);
    await tab.click(tile("space:code"));
    await sees("the code is that of the other tile", codeHas, 'flow: "implicit"', false);
    assert.deepEqual(await tab.evaluate(litSteps), [], "Nothing has happened yet");

    await tab.click(button("sign-in"));
    await sees("the server asks", isOnPage, site.server.url);
    await tab.click(CONTINUE_AS_ALICE);
    await sees("Alice is signed in", isPerson, "Alice Adams");
    await sees("the page says so", isStatus, "Signed in");
    assert.equal(await tab.evaluate(cleanAddress), site.url, "Nothing of the answer is left in the address");
    assert.deepEqual(await tab.evaluate(litSteps), [...SIGNED_IN, ...CALLED]);

    const calls = apiCalls(site);
    await tab.click(button("call-api"));
    await sees("the answer of the API is shown", hasAnswer, '"username": "alice"');
    assert.equal(apiCalls(site), calls + 1);
    assert.deepEqual(await tab.evaluate(failedSteps), []);

    await tab.click(button("sign-out"));
    await sees("nobody is signed in any more", isStatus, "Signed out");
    await tab.goto(site.url);
    await sees("a reload signs nobody in", isStatus, "Signed out");
    assert.equal(site.server.counters["token.authorization_code"], 1);
  });
}

const apiCalls = ({ server }) => server.apiRequests.length;

// In the page.
const isStatus = (text) => document.querySelector("#status").textContent === text;
const isPerson = (text) => document.querySelector("#person-name").textContent === text;
const codeHas = (text, isWanted) =>
  document.querySelector("#call").textContent.includes("import ") &&
  document.querySelector("#call").textContent.includes(text) === isWanted;
const isOnPage = (url) => location.origin === new URL(url).origin && document.readyState === "complete";
const cleanAddress = () => location.href.replace(location.hash, "");
const hasAnswer = (text) => document.querySelector("#step-text").textContent.includes(text);
const litSteps = () =>
  [...document.querySelectorAll('#sequence [data-state="done"]')].map(({ dataset }) => dataset.step);
const failedSteps = () =>
  [...document.querySelectorAll('#sequence [data-state="failed"]')].map(({ dataset }) => dataset.step);
