// The same type stripping that production uses (Node's own); positions stay, so stack traces need no source maps.
const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, path, options) =>
    createHash('sha256').update(source).update(path).update(process.version).update(String(options.instrument)).digest('hex'),
};
