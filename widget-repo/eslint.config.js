import tseslint from 'typescript-eslint';

/** Which folders of src a folder may import from. The arrow goes one way, from the page's promise down to plain values. */
const MAY_IMPORT = {
  model: ['generated'],
  helpers: ['model'],
  i18n: ['model'],
  styles: [],
  transport: ['model', 'helpers', 'generated'],
  view: ['model', 'helpers', 'i18n', 'styles'],
  runtime: ['model', 'helpers', 'i18n', 'transport', 'view', 'api'],
  api: ['model', 'runtime', 'view'],
  portal: ['model', 'helpers', 'generated', 'transport', 'view'],
};

const importDirection = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(?!\\./|${folder === 'portal' ? 'uqr$|' : ''}\\.\\./(?:${[...allowed, 'build-info\\.ts', ...(folder === 'model' ? [] : ['trading\\.ts'])].join('|')}))`,
            message: `src/${folder} may import only itself${allowed.length ? `, ${allowed.join(', ')}` : ''}. Pass what it needs as an argument, or move the piece to where it belongs.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'src/generated/', 'demo/', 'coverage/', 'tests/types/'] },
  {
    files: ['src/**/*.ts', 'tests/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.tests.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'max-depth': ['error', 3],
      '@typescript-eslint/consistent-type-imports': 'error',
      // A page may reject with anything; it is handed on as it came.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-console': 'error',
      'no-eval': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map((property) => ({ property, message: 'Text goes in as text (view/dom.ts): a page may demand trusted types.' })),
      ],
    },
  },
  {
    files: ['src/model/**/*.ts'],
    ignores: ['**/*.test.ts', 'src/model/color.ts', 'src/model/theme.ts'],
    rules: {
      'no-restricted-globals': ['error', 'parseFloat', 'Date', 'Math', 'performance'],
      'no-restricted-syntax': ['error', { selector: 'NewExpression[callee.name="Date"]', message: 'The model has no clock; take the time as an argument.' }],
    },
  },
  { files: ['**/*.test.ts', 'tests/**/*.ts'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/unbound-method': 'off' } },
  ...importDirection,
);
