// Reads calls to GitHub, one JSON object a line ({method, path, query, body}), from standard input and checks each against
// GitHub's own OpenAPI description: that there is such an operation, and that parameters and body are as it wants them.
// Prints what is wrong, a line each, and ends with 1 if anything is.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const file = new URL("node_modules/@octokit/openapi/generated/api.github.com.json", import.meta.url);
const description = JSON.parse(readFileSync(fileURLToPath(file), "utf8"));
// The description uses keywords of OpenAPI 3.0 beside those of JSON Schema.
const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, validateFormats: true });
addFormats(ajv);
ajv.addSchema({ $id: "github", ...description });

const resolved = (node) => {
  if (!node?.$ref) return node;
  const parts = node.$ref.slice(2).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return resolved(parts.reduce((at, part) => at[part], description));
};

// References are to the description, from wherever a schema stands.
const anchored = (node) => {
  if (Array.isArray(node)) return node.map(anchored);
  if (node === null || typeof node !== "object") return node;
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    copy[key] = key === "$ref" && value.startsWith("#") ? `github${value}` : anchored(value);
  }
  return copy;
};

const pattern = (template) =>
  new RegExp(`^${template.replace(/[.+()]/g, "\\$&").replace(/\{[^}]+\}/g, "([^/]+)")}$`);
const operations = Object.entries(description.paths).flatMap(([template, item]) =>
  Object.entries(item)
    .filter(([method]) => ["get", "post", "put", "patch", "delete"].includes(method))
    .map(([method, operation]) => ({ template, method: method.toUpperCase(), pattern: pattern(template), operation })),
);
// `/repos/{owner}/{repo}/x` is meant rather than one with more parameters.
const holes = (template) => (template.match(/\{/g) ?? []).length;
const find = (method, path) =>
  operations
    .filter((candidate) => candidate.method === method && candidate.pattern.test(path))
    .sort((one, other) => holes(one.template) - holes(other.template))[0];

const problems = (schema, value, where) => {
  const validate = ajv.compile(anchored(schema));
  return validate(value) ? [] : validate.errors.map((error) => `${where}${error.instancePath}: ${error.message}`);
};
// Parameters are text; a schema may want a number.
const typed = (schema, text) => {
  const type = resolved(schema)?.type;
  return ["integer", "number"].includes(type) && /^-?\d+$/.test(text) ? Number(text) : text;
};

const check = ({ method, path, query, body }) => {
  const found = find(method, path);
  if (!found) return ["GitHub has no such operation"];
  const parameters = (found.operation.parameters ?? []).map(resolved);
  const wrong = [];
  const asked = new URLSearchParams(query ?? "");
  const known = new Map(parameters.filter((one) => one.in === "query").map((one) => [one.name, one]));
  for (const [name, text] of asked) {
    const parameter = known.get(name);
    if (!parameter) wrong.push(`query: there is no parameter ${name}`);
    else wrong.push(...problems(parameter.schema, typed(parameter.schema, text), `query ${name}`));
  }
  for (const { name, required } of known.values()) {
    if (required && !asked.has(name)) wrong.push(`query: ${name} is missing`);
  }
  const names = [...found.template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
  const texts = found.pattern.exec(path).slice(1).map(decodeURIComponent);
  names.forEach((name, index) => {
    const parameter = parameters.find((one) => one.in === "path" && one.name === name);
    if (parameter) wrong.push(...problems(parameter.schema, typed(parameter.schema, texts[index]), `path ${name}`));
  });
  const wanted = resolved(found.operation.requestBody);
  const schema = wanted?.content?.["application/json"]?.schema;
  if (schema && (body !== null || wanted.required)) {
    wrong.push(...problems(schema, body, "body"));
    const properties = new Set(Object.keys(resolved(schema).properties ?? {}));
    for (const name of Object.keys(body ?? {})) {
      if (properties.size > 0 && !properties.has(name)) wrong.push(`body: there is no property ${name}`);
    }
  } else if (!schema && body !== null) {
    wrong.push("body: none is wanted");
  }
  return wrong;
};

let bad = 0;
let count = 0;
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const call = JSON.parse(line);
  count += 1;
  for (const problem of check(call)) {
    bad += 1;
    console.log(`${call.method} ${call.path}: ${problem}`);
  }
}
console.log(`${count} calls checked, ${bad} problems`);
process.exit(bad === 0 ? 0 : 1);
