import { AppError } from './errors.ts';

/** Runs a command; what went wrong is told in words, field by field, and the exit code is 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const fields = error instanceof AppError && error.fields ? `\n${Object.entries(error.fields).map(([field, text]) => `  ${field}: ${text}`).join('\n')}` : '';
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${fields}\n`);
    process.exitCode = 1;
  }
}
