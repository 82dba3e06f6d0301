// What git says: commit messages in the box of the Source Control view, explanations, reviews with fixes.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import { holder } from "../../src/holder";
import { discard, open, ready, serve, servers, uri } from "./session";
import { click, eventually, shot } from "./ui";

interface Repository {
  readonly inputBox: { value: string };
}
interface Git {
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}

async function opened(): Promise<Repository> {
  const git = await vscode.extensions.getExtension<Git>("vscode.git")?.activate();
  const repository = await eventually("the repository", () => git?.getAPI(1).repositories[0], (found) => found !== undefined);
  assert.ok(repository);
  return repository;
}

/** A button of the Source Control view. */
const button = (title: string) => ({ target: `.part.sidebar a[aria-label*="${title}"]:visible` });

const told = () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "trust-told" && uri.path.includes("change"))?.getText() ?? "";

export function define(): void {
  describe("git", () => {
    it("fills the box of the Source Control view, and proposes another when asked again", async () => {
      await vscode.commands.executeCommand("workbench.view.scm");
      const repository = await opened();
      await vscode.commands.executeCommand("trust.fillCommitMessage");
      const first = repository.inputBox.value;
      assert.match(first, /cart|total/);
      await shot("commit-message");
      await vscode.commands.executeCommand("trust.fillCommitMessage");
      assert.notEqual(repository.inputBox.value, "");
      // An end in the middle leaves what is there.
      repository.inputBox.value = "mine";
      const asked = vscode.commands.executeCommand("trust.fillCommitMessage");
      await vscode.commands.executeCommand("trust.cancelCommitMessage");
      await asked;
      assert.equal(repository.inputBox.value, "mine");
      repository.inputBox.value = "";
    });

    it("shows a draft at once by a button, which ends it, and then a model's words", async () => {
      await serve(servers.writing);
      await ready();
      await vscode.commands.executeCommand("workbench.view.scm");
      const { inputBox } = await opened();
      // Its first letter is as the repository's subjects begin.
      const worded = "dd a total over all items seen";
      const draft = () => eventually("the draft", () => inputBox.value, (now) => now !== "" && now !== "mine");
      inputBox.value = "mine";
      await click(button("Propose a Commit Message"));
      assert.ok(!(await draft()).includes(worded));
      await shot("commit-message-draft");
      await click(button("Propose No Commit Message"));
      await eventually("what was there", () => inputBox.value, (now) => now === "mine");
      inputBox.value = "";
      await click(button("Propose a Commit Message"));
      const first = await draft();
      const last = await eventually("the words", () => inputBox.value, (now) => now !== first);
      assert.ok(!first.includes(worded) && last.includes(worded), `${first}, then ${last}`);
      // What somebody makes of the draft stays.
      inputBox.value = "";
      const asked = vscode.commands.executeCommand("trust.fillCommitMessage");
      await draft();
      inputBox.value = "mine";
      await asked;
      assert.equal(inputBox.value, "mine");
      inputBox.value = "";
      await serve(servers.plain);
      await ready();
    });

    it("takes the innermost repository, and no neighbour whose name begins alike", () => {
      const at = (path: string) => ({ rootUri: vscode.Uri.file(path) });
      const path = (of: string) => vscode.Uri.file(of).fsPath;
      const all = [at("/src/app"), at("/src/app-server"), at("/src/app-server/lib")];
      const root = (of: string) => holder(all, path(of))?.rootUri.path;
      assert.equal(root("/src/app-server/main.rs"), "/src/app-server");
      assert.equal(root("/src/app-server"), "/src/app-server");
      assert.equal(root("/src/app-server/lib/a.rs"), "/src/app-server/lib");
      assert.equal(root("/src/app/main.rs"), "/src/app");
      assert.equal(root("/src/other/main.rs"), undefined);
      assert.equal(holder(all), undefined);
    });

    it("explains what is changed, in a document", async () => {
      await vscode.commands.executeCommand("trust.explain", {});
      const text = await eventually("the explanation", told, (seen) => seen.includes("total"));
      assert.match(text, /basket\.rs/);
      await shot("explanation");
      await vscode.commands.executeCommand("trust.explain", { staged: true });
      await eventually("what is staged", told, (seen) => seen.includes("cart.py"));
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    });

    it("reviews what is staged, and mends what is mechanical", async () => {
      const { document } = await open("src/cart.py", "breakpoint()");
      await vscode.commands.executeCommand("trust.reviewChanges", {});
      const at = () => vscode.languages.getDiagnostics(uri("src/cart.py"));
      const found = await eventually("the findings", at, (seen) => seen.length >= 1);
      await shot("review");
      const mendable = async () => {
        for (const { range } of found) {
          const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, range, "quickfix");
          const mends = actions.find(({ edit }) => edit !== undefined);
          if (mends !== undefined) {
            return mends;
          }
        }
        return undefined;
      };
      const action = await mendable();
      assert.ok(action?.edit, `a fix among ${found.map(({ message }) => message).join("; ")}`);
      const before = document.getText();
      assert.ok(await vscode.workspace.applyEdit(action.edit));
      assert.notEqual(document.getText(), before);
      await discard();
      await vscode.commands.executeCommand("trust.clearReview");
      await eventually("no findings", at, (seen) => seen.length === 0);
    });
  });
}
