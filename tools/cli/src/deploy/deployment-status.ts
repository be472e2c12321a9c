import { colours } from './colours.js';
import { Deployment } from './deployment.js';
import { activeColour, imageSetting } from './deployment-settings.js';

/** Prints which colour is active and how every part is. Resolves to the exit code: 1 when the active colour is not ready. */
export async function deploymentStatus({ folder, json }: { folder?: string; json?: boolean }): Promise<number> {
  const deployment = Deployment.at(folder);
  const [active, containers, backends] = await Promise.all([
    deployment.haproxy.colour(),
    deployment.compose.containers(),
    deployment.haproxy.backends(),
  ]);
  const ready = backends.every(({ colour, ready: count }) => colour !== active || count > 0);
  const { settings } = deployment;
  const images = Object.fromEntries(colours.map((colour) => [colour, settings[imageSetting(colour)]]));
  if (json) {
    console.log(JSON.stringify({ active, ready, images, containers, backends }, undefined, 2));
    return ready ? 0 : 1;
  }
  console.log(`active: ${active} (${images[active]})${ready ? '' : ', not ready'}`);
  if (activeColour(settings) !== active) {
    console.log(
      `warning: .env starts ${activeColour(settings)}; "cryptoutil deploy switch --to ${active}" makes them agree.`,
    );
  }
  for (const { service, state, health, image } of containers) {
    console.log(`  ${service.padEnd(16)} ${state.padEnd(10)} ${health.padEnd(10)} ${image}`);
  }
  for (const { service, colour, ready: count, sessions } of backends) {
    if (count > 0 || sessions > 0) {
      console.log(`  ${`${service} ${colour}`.padEnd(16)} ${count} ready, ${sessions} connections`);
    }
  }
  return ready ? 0 : 1;
}
