// What the tests deliver: a workflow of 65 targets, and names that would like to be more than names.

const HASH = "5a1c9e27d8b34f60a7c2e19d4b8f3a6051c7e9d2";

const IDS = { small: 80_101, large: 80_102, hostile: 80_103, polled: 80_104 };

function repository(name) {
  return {
    id: IDS[name],
    name,
    full_name: `example/${name}`,
    private: false,
    owner: { login: "example", id: 70_000, type: "Organization" },
    html_url: `https://github.com/example/${name}`,
    default_branch: "main",
    visibility: "public",
  };
}

export function push(name, { branch = "main", actor = "jan", hash = HASH, link } = {}) {
  const user = { login: actor, id: 70_002, type: "User", html_url: link ?? `https://github.com/${actor}` };
  return {
    ref: `refs/heads/${branch}`,
    before: "0".repeat(40),
    after: hash,
    created: false,
    deleted: false,
    forced: false,
    compare: link ?? `https://github.com/example/${name}/compare`,
    head_commit: { id: hash, message: "A change", timestamp: "2026-10-06T08:00:00Z", url: link },
    commits: [],
    pusher: { name: actor },
    repository: link ? { ...repository(name), html_url: link } : repository(name),
    sender: user,
    installation: { id: 60_001 },
  };
}

const RELEASES = ["41", "42", "43", "44", "rawhide", "eln"].map((release) => `fedora-${release}`);
const CHROOTS = [...RELEASES, "epel-9", "epel-10"].flatMap((release) => [`${release}-x86_64`, `${release}-aarch64`]);
const tests = (identifier) => (
  { job: "tests", trigger: "commit", branch: "main", identifier, targets: CHROOTS, tmt_plan: `/plans/${identifier}` }
);

/* An SRPM, 16 builds, and three tests of each. */
export const LARGE = {
  ".packit.yaml": JSON.stringify({
    specfile_path: "large.spec",
    downstream_package_name: "large",
    jobs: [
      { job: "copr_build", trigger: "commit", branch: "main", targets: CHROOTS },
      tests("smoke"),
      tests("full"),
      tests("upgrade"),
    ],
  }),
  "large.spec": "Name: large\nVersion: 1\nRelease: 1\nSummary: Large\nLicense: MIT\n%description\n",
  ".fmf/version": "1\n",
};

/* An SRPM alone. */
export const SMALL = {
  ".packit.yaml": JSON.stringify({
    specfile_path: "small.spec",
    downstream_package_name: "small",
    jobs: [{ job: "copr_build", trigger: "commit", branch: "main", targets: ["fedora-43-x86_64"] }],
  }),
  "small.spec": "Name: small\nVersion: 1\nRelease: 1\nSummary: Small\nLicense: MIT\n%description\n",
};

export const SCRIPT = "<img/src=x/onerror=window.taken=1>";
/* A login holds no slash. */
export const LOGIN = "\"><b'onclick=window.taken=1>";
/* What terminals act on, and what turns the direction of writing. */
export const CONTROL = "\u001b[31m\u0007\u009b\u202egnp";
export const LINK = "javascript:window.taken=1";

/* YAML takes such characters only by their numbers. */
const escaped = (json) => json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/* Text that tries to leave every place where text stands. */
export const HOSTILE = {
  ".packit.yaml": escaped(JSON.stringify({
    specfile_path: "hostile.spec",
    downstream_package_name: "hostile",
    jobs: [
      {
        job: "copr_build",
        trigger: "commit",
        branch: ".*",
        identifier: `"><svg onload=window.taken=1>`,
        targets: ["fedora-43-x86_64", `"><script>window.taken=1</script>`],
      },
      { job: "tests", trigger: "commit", branch: ".*", identifier: `'-window.taken-'${CONTROL}`, targets: ["fedora-43-x86_64"], tmt_plan: SCRIPT },
    ],
  })),
  "hostile.spec": `Name: hostile\nVersion: 1\nRelease: 1\nSummary: ${SCRIPT}\nLicense: MIT\nURL: ${LINK}\n%description\n`,
  ".fmf/version": "1\n",
};
