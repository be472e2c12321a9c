export { Alert, type AlertProps } from './alert.js';
export { pageContentSecurityPolicy, type PagePolicy } from './content-security-policy.js';
export { Actions, Button, ButtonLink, Field, Form, type ButtonProps, type FieldProps, type FormProps } from './form.js';
export { MessagePage, type MessagePageProps } from './message-page.js';
export { pageAssets, type PageAsset } from './page-assets.js';
export { Page, type PageProps } from './page.js';
export { Checkbox, Facts, FixedRow, Identity, Panel, Rows, type CheckboxProps } from './panel.js';
export { renderPage } from './render-page.js';
export { Bullets, ExternalLink, Intro, Quoted, SmallText, Text } from './text.js';
