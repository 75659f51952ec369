// Breaks the session engine in one way after the other, and demands that the simulation finds out each time.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { root, run } from "./lib/run.mjs";

const SEEDS = "20000";
const COPIED = ["Cargo.lock", "rust-toolchain.toml", "src", "tests/simulation"];
const ENGINE = "src/session/engine.rs";

/** @typedef {{ name: string, from: string, to: string }} Mutant */

/** @type {Mutant[]} */
export const MUTANTS = [
  {
    name: "e03_the_turn_begins_without_a_look",
    from: "if !self.look_in(Some(&turn)).await {",
    to: "if false {",
  },
  {
    name: "e05_a_lost_turn_is_used_all_the_same",
    from: "if !self.look_in(Some(&turn)).await {",
    to: "if !self.look_in(Some(&turn)).await && false {",
  },
  {
    name: "e13_e14_a_refresh_is_written_without_its_turn",
    from: "self.store(&used.renewed(tokens, self.ports.now()), Some(&turn)).await",
    to: "self.store(&used.renewed(tokens, self.ports.now()), None).await",
  },
  {
    name: "e03_an_older_record_is_adopted",
    from: "record.generation > live.generation ||",
    to: "record.generation != live.generation ||",
  },
  {
    name: "e14_a_sign_in_that_was_overtaken_stays_as_it_is",
    from: "Err(superseded_by) => newest = superseded_by,",
    to: "Err(superseded_by) => { let _ = superseded_by; }",
  },
  {
    name: "e08_a_passing_fault_ends_the_session",
    from: "&& is_final(&failure)",
    to: "&& (is_final(&failure) || failure.retryable)",
  },
  {
    name: "e15_a_refused_refresh_removes_whatever_is_stored",
    from: "self.ports.remove(&self.key, Some(live.text.expose())).await;",
    to: "{ let _ = live; self.ports.remove(&self.key, None).await; }",
  },
  {
    name: "e15_a_refused_refresh_ends_a_later_sign_in",
    from: "Ok(None) => return Ok(()),\n                Ok(Some(_)) =>",
    to: "Ok(_) =>",
  },
  {
    name: "e07_others_are_told_before_it_is_written",
    from: "let kept = self.ports.write(&self.key, text.expose(), turn).await;",
    to: "self.follow(&text, false, None); let kept = self.ports.write(&self.key, text.expose(), turn).await;",
  },
  {
    name: "e04_a_token_of_another_user_is_given",
    from: "if let Some(live) = self.record().filter(|live| self.is_good(live, 0)) {",
    to: "if self.record().is_some_and(|live| self.is_good(&live, 0)) {",
  },
  {
    name: "e13_a_logout_does_not_remove_the_record",
    from: "self.ports.remove(&self.key, None).await;",
    to: "",
  },
  {
    name: "b16_what_was_read_before_a_sign_in_ends_it",
    from: "if let Some(before) = before\n            && self.record().is_some_and(|now| Rc::ptr_eq(&before, &now))",
    to: "if self.record().is_some()",
  },
  {
    name: "e18_nobody_looks_again_after_writing",
    from: "self.look().await;\n        Ok(",
    to: "Ok(",
  },
];

/**
 * Runs the simulation on each mutant; rejects if one of them is not found out.
 * @param {Mutant[]} mutants
 */
export async function checkMutants(mutants = MUTANTS) {
  const folder = join(root, "target/mutants/crate");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of COPIED) cpSync(join(root, path), join(folder, path), { recursive: true });
  // Without what only other tests need, which would take a minute to build.
  const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
  const sections = manifest.split(/^(?=\[)/m).filter((section) => !/^\[target.*dev-dep/.test(section));
  const text = sections.join("").replace('"cdylib", ', "");
  writeFileSync(join(folder, "Cargo.toml"), text);

  const source = readFileSync(join(root, ENGINE), "utf8");
  /** @type {string[]} */
  const missed = [];
  if (await simulate(folder)) throw new Error("The engine as it is breaks an invariant");
  for (const { name, from, to } of mutants) {
    if (source.split(from).length !== 2)
      throw new Error(`${name}: its text is not in ${ENGINE} exactly once`);
    writeFileSync(
      join(folder, ENGINE),
      source.replace(from, () => to),
    );
    const isCaught = await simulate(folder);
    console.log(`test mutant_${name} ... ${isCaught ? "ok" : "FAILED"}`);
    if (!isCaught) missed.push(name);
  }
  if (missed.length > 0) throw new Error(`The simulation does not see ${missed.join(", ")}`);
}

/**
 * Whether an invariant breaks.
 * @param {string} folder
 */
async function simulate(folder) {
  const cargo = (/** @type {string[]} */ ...more) =>
    run("cargo", ["test", "--quiet", "--jobs", "1", "--test", "simulation", ...more], {
      cwd: folder,
      quiet: true,
      env: {
        CARGO_TARGET_DIR: join(root, "target/mutants/build"),
        RUSTFLAGS: "--cap-lints allow",
        CARGO_PROFILE_TEST_DEBUG: "0",
      },
    });
  await cargo("--no-run");
  try {
    await cargo("--", "--seeds", SEEDS);
    return false;
  } catch (failure) {
    if (/^seed \d+ breaks /m.test(failure.output ?? "")) return true;
    throw failure;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await checkMutants();
