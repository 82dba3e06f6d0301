;;; session-tests.el --- Conversations, models, and how a server lives -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Also what is said where there is no server, and where it dies.

;;; Code:

(require 'support)

(defconst trust-test-chat "*trust-chat: shop*")

(trust-test-deftest trust-chat-streams-words-and-opens-places
  "Places first, then words as they come; the next question belongs to the conversation."
  (trust-test-visit "src/main.rs" "--scripted-model" trust-test-words "--scripted-delay-ms" "300")
  (trust-chat "where is Basket used?")
  (let (seen)
    (with-current-buffer trust-test-chat
      (trust-test-until "the answer"
        (cl-pushnew (buffer-size) seen)
        (not trust--asked))
      (should (> (length seen) 2))
      (should (string-match-p "## where is Basket used\\?" (buffer-string)))
      (should (string-match-p "^\\[[0-9]\\] src/basket\\.rs:2  pub struct Basket" (buffer-string)))
      (should (string-match-p "`Basket` adds \\[1\\]" (buffer-string)))
      (trust-copy-code)
      (should (equal (current-kill 0) "let basket = Basket::default();\n"))
      (goto-char (point-min))
      (search-forward "src/basket.rs")
      (backward-char)
      (save-window-excursion
        (push-button)
        (should (string-suffix-p "src/basket.rs" (buffer-file-name (window-buffer)))))
      (let ((conversation trust--conversation))
        (should conversation)
        (trust-chat "and then?")
        (trust-test-until "the second answer" (not trust--asked))
        (should (equal conversation trust--conversation))
        ;; Another server would not know it.
        (let ((trust-arguments (list "--scripted-model" trust-test-words)))
          (trust-restart)
          (trust-chat "and now?"))
        (trust-test-until "the answer of another server" (not trust--asked))
        (should trust--conversation)
        (should-not (equal conversation trust--conversation))
        (trust-chat-new)
        (should-not trust--conversation)
        (should (= 0 (buffer-size)))))))

(trust-test-deftest trust-chat-can-be-cancelled
  "Nothing is written once somebody has ended it."
  (trust-test-visit "src/main.rs" "--scripted-model" trust-test-words "--scripted-delay-ms" "20000")
  (trust-chat "where is Basket used?")
  (with-current-buffer trust-test-chat
    (trust-test-until "the places" (string-match-p "basket\\.rs" (buffer-string)))
    (trust-cancel)
    (let ((then (buffer-string)))
      (trust--ask (trust--connection project) :trust/status)
      (should (equal then (buffer-string))))
    (should-error (trust-cancel) :type 'user-error)))

(trust-test-deftest trust-model-is-exchanged
  "The mode line says which one answers."
  (trust-test-visit "src/main.rs")
  (trust-test-until "the model" (string-match-p "trust-nano" (trust--lighter)))
  (trust-model "none")
  (trust-test-until "no model" (string-match-p "none" (trust--lighter)))
  (trust-model "bundled")
  (trust-test-until "the model" (string-match-p "trust-nano" (trust--lighter)))
  (should (string-match-p "nowhere" (cadr (should-error (trust-model "nowhere") :type 'user-error)))))

(trust-test-deftest trust-hears-what-comes-with-an-answer
  "What the server says in one piece with an answer is heard at once."
  (let ((trust-program (concat project "server"))
        (framed (lambda (body) (format "Content-Length: %d\\r\\n\\r\\n%s" (length body) body))))
    ;; It answers the first message, and the third; it ends at the fourth, which says to.
    (trust-test-write trust-program
                      (format "#!/bin/sh\nread -r _\nprintf '%s'\nread -r _\nread -r _\nread -r _\nread -r _\nprintf '%s'\nread -r _\nread -r _\n"
                              (funcall framed "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}")
                              (concat (funcall framed "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":7}")
                                      (funcall framed "{\"jsonrpc\":\"2.0\",\"method\":\"trust/status\",\"params\":{\"model\":8}}"))))
    (set-file-modes trust-program #o755)
    (let ((connection (trust--wait project)))
      (should (equal 7 (trust--ask connection :trust/models)))
      (should (equal '(:model 8) (trust-connection-status connection))))))

(trust-test-deftest trust-says-why
  "What was weighed for the last completion."
  (trust-test-visit "src/main.rs" "--scripted-model" " = 1;")
  (trust-test-type "x")
  (trust-test-until "an answer" (trust--ask trust--opened :trust/lastCompletion))
  (let (said)
    (cl-letf (((symbol-function 'message) (lambda (&rest words) (setq said (apply #'format words)))))
      (trust-why))
    (should (> (length said) 20))))

(trust-test-deftest trust-missing-program-is-one-sentence
  "Editing goes on; commands say what to do."
  (let ((trust-program "no-such-trust-lsp"))
    (switch-to-buffer (find-file-noselect "src/main.rs"))
    (trust-mode)
    (should trust-mode)
    (should (string-match-p "no server" (trust--lighter)))
    (trust-test-type "x")
    (should (string-match-p "cargo build" (cadr (should-error (trust-commit-message) :type 'user-error))))))

(trust-test-deftest trust-server-that-dies-is-started-again
  "What was typed meanwhile is known to the next one."
  (let ((trust--back-off '(0.1 0.1)))
    (trust-test-visit "src/main.rs" "--scripted-model" " = 1;" "--debug-requests")
    (let ((first trust--opened) (trust-arguments '("--scripted-model" " = 1;" "--debug-requests")))
      (signal-process (jsonrpc--process first) 'kill)
      (trust-test-until "its end" (not trust--opened))
      (trust-test-type "let meanwhile")
      (trust-test-until "the next server" trust--opened)
      (should-not (eq first trust--opened))
      (trust-test-type " = 2")
      (should (equal (buffer-string)
                     (plist-get (trust--ask trust--opened :trust/debug/text (trust--document)) :text))))))

(trust-test-deftest trust-server-that-never-lives-is-given-up
  "After as many times as there are waits, and with where to look."
  (let ((trust--back-off '(0.1 0.1)) (trust-program (concat project "broken")))
    (trust-test-write trust-program "#!/bin/sh\necho broken >&2\nexit 3\n")
    (set-file-modes trust-program #o755)
    (switch-to-buffer (find-file-noselect "src/main.rs"))
    (trust-mode)
    (trust-test-until "the end" (string-match-p "ended 2 times" (or (plist-get (gethash project trust--troubles) :problem) "")))
    (should (string-match-p "no server" (trust--lighter)))
    (trust-show-log)
    (should (string-match-p "broken" (buffer-string)))))

(trust-test-deftest trust-log-holds-no-texts
  "Unless somebody asks for them."
  (dolist (size '(0 1000000))
    (let ((trust-log-size size))
      (let ((buffer (trust-test-visit (expand-file-name "src/main.rs" project) "--no-model")))
        (trust-show-log)
        (should (eq (> size 0) (and (string-match-p "didOpen" (buffer-string)) t)))
        (kill-buffer buffer)
        (trust--stop project)))))

(trust-test-deftest trust-mode-is-refused-where-there-is-no-file
  "And goes without a trace where it was on."
  (with-temp-buffer
    (should-error (trust-mode) :type 'user-error)
    (should-not trust-mode))
  (trust-test-visit "src/main.rs" "--no-model")
  (trust-mode -1)
  (should-not trust--opened)
  (should-not (memq #'trust--note-change after-change-functions))
  (global-trust-mode)
  (unwind-protect (should trust-mode) (global-trust-mode -1)))

(provide 'session-tests)
;;; session-tests.el ends here
