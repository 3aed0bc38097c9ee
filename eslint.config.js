// Type-aware rules and budgets. Formatting is Biome's, the import law is dependency-cruiser's.
import tseslint from 'typescript-eslint'

const noAmbient = {
  'no-restricted-globals': ['error', { name: 'Date', message: 'take a Clock' }],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'take a random source' },
    { object: 'process', property: 'env', message: 'only config.ts reads the environment' },
    { object: 'process', property: 'exit', message: 'only main.ts ends the process' },
  ],
}

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '**/golden/**', 'eslint.config.js', '.dependency-cruiser.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Objects here are closures: their functions don't use `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  // Programs take time, randomness and environment as arguments, so that every test can set them.
  { files: ['operator/src/**/*.ts', 'runtime/src/**/*.ts'], rules: noAmbient },
  {
    files: ['**/main.ts', '**/mdk.ts', '**/config.ts', '**/clock.ts', '**/random.ts', '**/sdk/shutdown.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' },
  },
  { files: ['scripts/**/*.ts', 'test/**/*.ts', '**/examples/*.ts'], rules: { 'no-console': 'off' } },
  {
    // A test reads top to bottom; its length is its cases.
    files: ['**/*.test.ts', '**/test/**/*.ts', '**/*-suite.ts'],
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
)
