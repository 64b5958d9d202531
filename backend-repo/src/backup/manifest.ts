import Joi from 'joi';

export const FORMAT = 'trade-ledger-backup';
export const FORMAT_VERSION = 1;

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface Table extends TableName {
  /** Stored ones, in their order. */
  readonly columns: readonly string[];
}

/** What a table holds, whatever the order of its rows. Decimal texts: both may outgrow a number. */
export interface Content {
  readonly rows: string;
  readonly digest: string;
}

export interface Partition extends TableName {
  readonly parent: TableName;
  /** As Postgres prints it: `FOR VALUES FROM ('…') TO ('…')`. */
  readonly bound: string;
}

export interface Sequence extends TableName {
  readonly lastValue: string;
}

/** The first entry of a backup: what is in it, and how a restored database is told from it. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  readonly createdAt: string;
  readonly serverVersion: string;
  readonly migrations: readonly string[];
  /** In the order in which foreign keys let them be loaded. */
  readonly tables: readonly (Table & Content)[];
  readonly partitions: readonly Partition[];
  readonly sequences: readonly Sequence[];
}

export const fullName = ({ schema, name }: TableName): string => `${schema}.${name}`;

const identifier = Joi.string().pattern(/^[a-z_][a-z0-9_]{0,62}$/).required();
const decimal = Joi.string().pattern(/^-?\d{1,40}$/).required();
const place = { schema: identifier, name: identifier };

// Partitions' bounds become part of a statement that the owner runs, so nothing but literals gets through.
const bound = Joi.string().pattern(/^FOR VALUES FROM \('?[0-9a-f-]{1,36}'?\) TO \('?[0-9a-f-]{1,36}'?\)$/).required();

const manifestSchema = Joi.object<Manifest>({
  format: Joi.valid(FORMAT).required(),
  version: Joi.valid(FORMAT_VERSION).required(),
  createdAt: Joi.string().isoDate().required(),
  serverVersion: Joi.string().max(200).required(),
  migrations: Joi.array().items(Joi.string().pattern(/^\d{14}_[a-z0-9_]+\.ts$/)).min(1).max(10_000).required(),
  tables: Joi.array().items(Joi.object({ ...place, columns: Joi.array().items(identifier).min(1).max(1_600).required(), rows: decimal, digest: decimal })).min(1).max(10_000).required(),
  partitions: Joi.array().items(Joi.object({ ...place, parent: Joi.object(place).required(), bound })).max(100_000).required(),
  sequences: Joi.array().items(Joi.object({ ...place, lastValue: decimal })).max(10_000).required(),
});

/** @throws Error in words for the person who restores */
export function parseManifest(text: string): Manifest {
  const given = parseJson(text) as Partial<Manifest> | null;
  if (given?.format !== FORMAT) throw new Error('This is not a backup of ours.');
  if (given.version !== FORMAT_VERSION) throw new Error(`The backup has format version ${String(given.version)}, and this version of the backend reads version ${FORMAT_VERSION}.`);
  const { value, error } = manifestSchema.validate(given, { convert: false });
  if (error) throw new Error(`The backup's manifest is not usable: ${error.message}`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
