// Removes the types and nothing else, so that a test runs the lines that are in the file.
const { createHash } = require('node:crypto');
const { transformSync } = require('@swc/core');

module.exports = {
  process: (source, filename) =>
    transformSync(source, {
      filename,
      sourceMaps: 'inline',
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    }),
  getCacheKey: (source, filename, { configString }) => createHash('sha256').update([source, filename, configString].join('\0')).digest('hex'),
};
