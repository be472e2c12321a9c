import { describe, expect, it } from '@jest/globals';
import {
  Actions,
  Alert,
  Bullets,
  Button,
  Checkbox,
  ExternalLink,
  Facts,
  Field,
  FixedRow,
  Form,
  Identity,
  Intro,
  MessagePage,
  Page,
  pageAssets,
  Panel,
  Quoted,
  renderPage,
  Rows,
  SmallText,
  Text,
} from './index.js';

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;

describe('rendered pages', () => {
  it('escapes hostile text in every place a page shows text or a value', () => {
    const html = renderPage(
      <Page title={hostile} host={hostile}>
        <Intro heading={<Quoted text={hostile} />}>{hostile}</Intro>
        <Alert tone="error" id="why">
          {hostile}
        </Alert>
        <Form action="/login" hidden={{ form_token: hostile }}>
          <Field
            label={hostile}
            name="username"
            autocomplete="username"
            value={hostile}
            hint={hostile}
            error={hostile}
          />
          <Panel title={hostile}>
            <Rows
              items={[
                <Checkbox name="scope" value={hostile} label={hostile} note={hostile} />,
                <FixedRow label={hostile} note={hostile} />,
                <FixedRow label={hostile} />,
              ]}
            />
          </Panel>
          <Actions pair>
            <Button name="decision" value={hostile}>
              {hostile}
            </Button>
          </Actions>
        </Form>
        <Identity name={hostile} detail={hostile} />
        <Identity name="" square />
        <Facts entries={[[hostile, hostile]]} />
        <Bullets items={[hostile]} />
        <Text>{hostile}</Text>
        <SmallText>{hostile}</SmallText>
      </Page>,
    );
    expect(html).not.toMatch(/<script|<img/);
    expect(html).not.toContain('="">');
    expect(html).toContain('value="&quot;>&lt;script>');
  });

  it('holds neither script nor inline style, so that the policy can refuse both', () => {
    const html = renderPage(
      <MessagePage
        title="Gone"
        message="It has expired."
        tone="notice"
        advice="Start again."
        next={{ href: '/', label: 'Go on' }}
        reference="abc"
      />,
    );
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  });

  it('makes a link of an http address and plain text of any other scheme', () => {
    for (const href of ['javascript:alert(1)', 'data:text/html,x', ' javascript:alert(1)', '//evil.example']) {
      expect(renderPage(<ExternalLink href={href}>Terms</ExternalLink>)).not.toContain('href');
    }
    expect(renderPage(<ExternalLink href="https://app.example/tos">Terms</ExternalLink>)).toContain(
      'href="https://app.example/tos" target="_blank" rel="noopener noreferrer"',
    );
  });

  it('ties hint, error and a shared reason to their field', () => {
    const html = renderPage(
      <Field
        label="One-time code"
        name="code"
        autocomplete="one-time-code"
        kind="code"
        hint="Six digits"
        error="Wrong"
        invalidBecause="why"
        autofocus
      />,
    );
    expect(html).toContain('aria-describedby="code-hint code-error why"');
    expect(html).toContain('aria-invalid="true"');
    expect(html).toContain('inputmode="numeric"');
    expect(html).toContain('<label for="code">One-time code</label>');
  });

  it('links only to files that pageAssets serves, each named after its content', () => {
    const assets = pageAssets();
    const paths = new Set(assets.map(({ path }) => path));
    const linked = [...renderPage(<Page title="x">y</Page>).matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(
      (m) => m[1]!,
    );
    expect(linked.length).toBe(2);
    for (const path of linked) expect(paths).toContain(path);
    const css = assets.find(({ type }) => type.startsWith('text/css'))!.body.toString();
    for (const [, file] of css.matchAll(/url\('([^']+)'\)/g)) expect(paths).toContain(`/assets/${file}`);
    for (const path of paths) expect(path).toMatch(/^\/assets\/[0-9a-f]{16}\.(css|svg)$/);
  });
});
