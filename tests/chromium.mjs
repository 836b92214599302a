// Finds a Chromium for the browser tests, or installs one where that needs no question.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The sentence for a person whose machine has none. */
export const remedy =
  "Install Chrome or Chromium, or run `npx playwright-core install chromium`, or set CHROMIUM_PATH to one.";

/** The executable of a Chromium, Chrome or Edge on this machine, if there is one. */
export function findChromium() {
  return candidates().find(runs);
}

/**
 * Installs Debian's Chromium where we are root on a system with apt.
 * @returns {string | undefined} the executable
 */
export function installChromium() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !fs.existsSync("/usr/bin/apt-get"))
    return undefined;
  console.log("Installing Chromium for the browser tests ...");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  apt("update");
  apt("install", "-y", "--no-install-recommends", "chromium");
  return findChromium();
}

/**
 * Settings for a process in which Dawn computes on the CPU: Chromium brings a Vulkan driver for that, and its loader.
 * None where there is a GPU, where the person chose a driver, or where Dawn does not use Vulkan.
 * @param {string | undefined} chromium
 * @returns {Record<string, string>}
 */
export function softwareVulkan(chromium) {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH } = process.env;
  if (!chromium || process.platform !== "linux" || hasGpu() || VK_ICD_FILENAMES || VK_DRIVER_FILES) return {};
  const beside = path.dirname(fs.realpathSync(chromium));
  const folder = [beside, "/usr/lib/chromium", "/usr/lib/chromium-browser"].find((folder) =>
    fs.existsSync(path.join(folder, driver)),
  );
  if (!folder) return {};
  return {
    VK_ICD_FILENAMES: path.join(folder, driver),
    LD_LIBRARY_PATH: LD_LIBRARY_PATH ? `${LD_LIBRARY_PATH}:${folder}` : folder,
  };
}

const driver = "vk_swiftshader_icd.json";

function hasGpu() {
  const nodes = fs.existsSync("/dev/dri") ? fs.readdirSync("/dev/dri") : [];
  return (
    nodes.some((name) => name.startsWith("renderD")) ||
    ["/dev/nvidia0", "/dev/dxg"].some((node) => fs.existsSync(node))
  );
}

function candidates() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return [named]; // the person's choice, and no other
  const { LOCALAPPDATA, PROGRAMFILES, "PROGRAMFILES(X86)": PROGRAMFILES_X86 } = process.env;
  const windows = [
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
  ];
  const mac = ["Google Chrome", "Chromium", "Microsoft Edge"].map(
    (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
  );
  const linux = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
  switch (process.platform) {
    case "win32":
      return [PROGRAMFILES, PROGRAMFILES_X86, LOCALAPPDATA]
        .flatMap((folder) => (folder ? windows.map((file) => path.join(folder, file)) : []))
        .concat(downloaded());
    case "darwin":
      return [...mac, ...mac.map((file) => path.join(os.homedir(), file)), ...downloaded()];
    default: {
      const folders = (process.env.PATH ?? "").split(path.delimiter);
      return [...linux.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...downloaded()];
    }
  }
}

/** Chromiums that Playwright downloaded, newest first. */
function downloaded() {
  const home = os.homedir();
  const { PLAYWRIGHT_BROWSERS_PATH, LOCALAPPDATA = home } = process.env;
  const caches = {
    win32: LOCALAPPDATA,
    darwin: path.join(home, "Library/Caches"),
    linux: path.join(home, ".cache"),
  };
  const cache =
    PLAYWRIGHT_BROWSERS_PATH ??
    path.join(caches[/** @type {"linux"} */ (process.platform)] ?? home, "ms-playwright");
  if (!fs.existsSync(cache)) return [];
  const inside = [
    "chrome-linux64/chrome",
    "chrome-linux/chrome",
    "chrome-win64/chrome.exe",
    "chrome-win/chrome.exe",
  ].concat(
    ["chrome-mac-arm64", "chrome-mac-x64", "chrome-mac"].flatMap((folder) => [
      `${folder}/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing`,
      `${folder}/Chromium.app/Contents/MacOS/Chromium`,
    ]),
  );
  return fs
    .readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => inside.map((file) => path.join(cache, name, file)));
}

/**
 * Whether `file` is there and starts. Ubuntu has a /usr/bin/chromium-browser that only says to install another package.
 * @param {string} file
 */
function runs(file) {
  if (!fs.existsSync(file) || !fs.statSync(file).isFile()) return false;
  return process.platform !== "linux" || spawnSync(file, ["--version"], { timeout: 30_000 }).status === 0;
}
