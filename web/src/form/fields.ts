// From the JSON Schema of a decision to the fields of a form.
import { title } from '../model/standing';

export type Kind = 'number' | 'integer' | 'text' | 'switch' | 'choice' | 'json';

export interface Choice {
  value: unknown;
  label: string;
}

export interface Field {
  name: string;
  kind: Kind;
  label: string;
  /** What the author wrote about it. */
  help: string;
  required: boolean;
  minimum?: number;
  maximum?: number;
  /** True where the limit itself is not allowed. */
  above?: boolean;
  below?: boolean;
  /** Between two numbers that are allowed, counted from 0. */
  step?: number;
  unit: string;
  /** How it is drawn, as the author wrote it. */
  chart?: unknown;
  /** What it is where nobody says otherwise. */
  standard?: unknown;
  choices: Choice[];
}

/** The part of JSON Schema that the schemas of games use. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  default?: unknown;
  /** Ours: what a number is counted in. */
  unit?: string;
  /** Ours: how a number is drawn. */
  'x-chart'?: unknown;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/** The fields of an object's schema, in the author's order. */
export function fieldsOf(schema: Schema): Field[] {
  const definitions = schema.$defs ?? {};
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => field(name, resolve(property, definitions), required.has(name), definitions));
}

/** A field about which nothing is known but its name. */
export function plain(name: string): Field {
  return { name, kind: 'number', label: title(name), help: '', required: true, unit: '', choices: [] };
}

function field(name: string, schema: Schema, required: boolean, definitions: Record<string, Schema>): Field {
  const limits: Partial<Field> = {};
  const minimum = schema.minimum ?? schema.exclusiveMinimum;
  const maximum = schema.maximum ?? schema.exclusiveMaximum;
  if (minimum !== undefined) Object.assign(limits, { minimum, above: schema.minimum === undefined });
  if (maximum !== undefined) Object.assign(limits, { maximum, below: schema.maximum === undefined });
  if (schema.multipleOf !== undefined) limits.step = schema.multipleOf;
  if (schema.default !== undefined) limits.standard = schema.default;
  if (schema['x-chart'] !== undefined) limits.chart = schema['x-chart'];
  const choices = choicesOf(schema, definitions);
  return { name, kind: choices.length > 0 ? 'choice' : kind(schema), label: schema.title ?? title(name), help: schema.description ?? '', required, unit: schema.unit ?? '', choices, ...limits };
}

/** Follows references, and takes what an optional value is when it is there. */
function resolve(schema: Schema, definitions: Record<string, Schema>): Schema {
  const name = schema.$ref?.replace(/^#\/\$defs\//, '');
  const target = name === undefined ? undefined : definitions[name];
  if (target) {
    const { $ref: _, ...own } = schema;
    return resolve({ ...target, ...own }, definitions);
  }
  const [only] = schema.allOf ?? [];
  if (only && schema.allOf?.length === 1) {
    const { allOf: _, ...own } = schema;
    return resolve({ ...only, ...own }, definitions);
  }
  const some = (schema.anyOf ?? []).filter(({ type }) => type !== 'null');
  const [there] = some;
  if (there && some.length === 1) {
    const { anyOf: _, ...own } = schema;
    return resolve({ ...there, ...own }, definitions);
  }
  return schema;
}

function choicesOf(schema: Schema, definitions: Record<string, Schema>): Choice[] {
  const choice = (value: unknown, label?: string): Choice => ({ value, label: label ?? (typeof value === 'string' ? title(value) : String(value)) });
  if (schema.enum) return schema.enum.filter(value => value !== null).map(value => choice(value));
  const variants = (schema.oneOf ?? []).map(variant => resolve(variant, definitions));
  if (variants.length === 0 || !variants.every(variant => 'const' in variant || variant.enum)) return [];
  return variants.reduce<Choice[]>((all, variant) => all.concat('const' in variant
    ? [choice(variant.const, variant.title ?? variant.description)] : (variant.enum ?? []).map(value => choice(value))), []);
}

function kind({ type }: Schema): Kind {
  const [only] = Array.isArray(type) ? type.filter(one => one !== 'null') : [type];
  switch (only) {
    case 'number': return 'number';
    case 'integer': return 'integer';
    case 'boolean': return 'switch';
    case 'string': return 'text';
    default: return 'json';
  }
}
