import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'verifier/dist', 'node_modules', '**/*.js', '**/*.cjs', '**/*.mjs'] },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts', 'demo/**/*.ts', 'verifier/src/**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-param-reassign': 'error',
      'prefer-const': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^(?!\\.\\.?/|node:crypto$|node:net$)', message: 'domain/ imports itself, node:crypto and the address tables of node:net. Take what you need as an argument.' }] }],
      'no-restricted-globals': ['error', { name: 'Date', message: 'No clock in domain/: time is an argument.' }],
    },
  },
  {
    files: ['**/*.test.ts', 'src/testing/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts', 'demo/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off' },
  },
);
