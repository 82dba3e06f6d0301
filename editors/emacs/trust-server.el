;;; trust-server.el --- The server of each project -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; One connection for each project, beside whatever Eglot or lsp-mode run.  A
;; server that ends by itself is started again, each time a little later.

;;; Code:

(require 'cl-lib)
(require 'jsonrpc)
(require 'project)
(require 'subr-x)
(require 'url-util)

(defgroup trust nil
  "Completions, reviews and answers of a model on this machine."
  :group 'tools
  :prefix "trust-")

(defcustom trust-program "trust-lsp"
  "The server: a name on the variable `exec-path', or an absolute path."
  :type 'string
  :risky t)

(defcustom trust-arguments nil
  "What the server is told on its command line, after \"--stdio\"."
  :type '(repeat string)
  :risky t)

(defcustom trust-settings nil
  "Keys of the server's configuration that Emacs is to set, as a plist.
For example (:completion (:enable :json-false)).  What is not named
here, the server's own files say."
  :type 'plist
  :risky t)

(defcustom trust-log-size 0
  "Characters to keep of what Emacs and the server say to each other.
Texts of your files are in that, so by default nothing is kept.  What
the server logs is in `trust-show-log' in any case."
  :type 'integer)

(defvar trust-ready-functions nil
  "Functions that are told of a connection whose server has begun.")

(defvar trust-ended-functions nil
  "Functions that are told of a connection whose server has ended.")

(defvar trust-next-edit-functions nil
  "Functions that are told of each `trust/nextEdit' of a server.")

(defvar trust-edit-function #'ignore
  "What makes an edit of the server, and answers whether it was made.")

(defvar trust--back-off '(0.5 2 5 15 60)
  "Seconds until a server is started again, the first time and so on.")

(defconst trust--healthy 120
  "Seconds after which a server that ends begins anew without a past.")

(defvar trust--connections (make-hash-table :test #'equal)
  "The connection of each root.")

(defvar trust--troubles (make-hash-table :test #'equal)
  "What is wrong at each root: a plist of :count, :timer and :problem.")

(defclass trust-connection (jsonrpc-process-connection)
  ((root :initarg :root :reader trust-connection-root)
   (began :initform (float-time) :reader trust-connection-began)
   (ready :initform nil :accessor trust-connection-ready)
   (status :initform nil :accessor trust-connection-status)
   (sent :initform nil :accessor trust-connection-sent
         :documentation "The identifier of the request sent last.")
   (listeners :initform (make-hash-table :test #'equal)
              :reader trust-connection-listeners
              :documentation "Who hears the progress of each token."))
  :documentation "A connection to the server of a project.")

(cl-defmethod jsonrpc-connection-send :before ((connection trust-connection) &key id method &allow-other-keys)
  "Remember the ID of a request on CONNECTION: by it the request can be cancelled.
METHOD is absent from answers."
  (when (and id method)
    (setf (trust-connection-sent connection) id)))

(defun trust--root ()
  "The root of the project of this buffer."
  (expand-file-name
   (or (trust--committed-root)
       (when-let ((project (project-current)))
         (if (fboundp 'project-root) (project-root project)))
       default-directory)))

(defun trust--committed-root ()
  "The working tree that the commit message in this file of git's is for."
  (when-let* ((file buffer-file-name)
              ((string-match "/\\.git/\\(?:.*/\\)?[A-Z]+_EDITMSG\\'" file)))
    (let ((linked (expand-file-name "gitdir" (file-name-directory file))))
      (file-name-directory
       (if (file-readable-p linked)
           (with-temp-buffer
             (insert-file-contents linked)
             (string-trim (buffer-string)))
         (substring file 0 (1+ (match-beginning 0))))))))

(defun trust--uri (path)
  "The URI of the file or folder at PATH."
  (concat "file://" (url-hexify-string (file-truename path) url-path-allowed-chars)))

(defun trust--path (uri)
  "The path of a file's URI."
  (url-unhex-string (string-remove-prefix "file://" uri) t))

(defun trust--find-program ()
  "The absolute path of the server, or an error that says what to do."
  (or (and (file-name-absolute-p trust-program)
           (file-executable-p trust-program)
           (expand-file-name trust-program))
      ;; A relative entry would let the visited folder choose the program.
      (locate-file trust-program (seq-filter #'file-name-absolute-p (delq nil (copy-sequence exec-path)))
                   exec-suffixes #'file-executable-p)
      (user-error "There is no program `%s': build it with `cargo build --release', then set `trust-program'"
                  trust-program)))

(defun trust--connection (root)
  "The connection of ROOT if its server has begun."
  (when-let ((connection (gethash root trust--connections)))
    (and (trust-connection-ready connection) (jsonrpc-running-p connection) connection)))

(defun trust--name (root)
  "What the connection of ROOT is called, and its buffers after it."
  (format "trust %s" (abbreviate-file-name root)))

(defun trust--start (root)
  "Start the server of ROOT, unless it runs."
  (unless (gethash root trust--connections)
    (let ((program (trust--find-program))
          (name (trust--name root))
          (default-directory root))
      (trust--note root :problem nil)
      (let ((connection
             (apply
              #'make-instance 'trust-connection
              :name name :root root
              :process (lambda ()
                         (make-process :name name :command `(,program "--stdio" ,@trust-arguments)
                                       :connection-type 'pipe :coding 'utf-8-emacs-unix :noquery t
                                       :stderr (get-buffer-create (format "*%s stderr*" name))))
              :request-dispatcher #'trust--answer
              :notification-dispatcher #'trust--hear
              :on-shutdown #'trust--ended
              ;; The newer name, and that of Emacs 28 and 29.
              (if (slot-exists-p 'jsonrpc-connection '-events-buffer-config)
                  (list :events-buffer-config (list :size trust-log-size :format 'full))
                (list :events-buffer-scrollback-size trust-log-size)))))
        (puthash root connection trust--connections)
        (trust--introduce connection)))))

(defun trust--parameters (root)
  "What the server at ROOT is told of Emacs before all else."
  `(:processId ,(emacs-pid)
    :clientInfo (:name "trust.el" :version ,emacs-version)
    :rootUri ,(trust--uri root)
    :workspaceFolders [(:uri ,(trust--uri root) :name ,(file-name-nondirectory (directory-file-name root)))]
    :initializationOptions ,(or trust-settings (make-hash-table))
    ;; Emacs counts characters, so no position has to be converted.
    :capabilities (:general (:positionEncodings ["utf-32"])
                   :workspace (:workspaceFolders t :applyEdit t
                               :workspaceEdit (:documentChanges t :changeAnnotationSupport (:groupsOnLabel :json-false)))
                   :textDocument (:synchronization (:didSave t)
                                  :inlineCompletion (:dynamicRegistration :json-false)
                                  :codeAction (:codeActionLiteralSupport
                                               (:codeActionKind (:valueSet ["quickfix" "refactor" "refactor.rewrite"]))
                                               :dataSupport t :resolveSupport (:properties ["edit"])))
                   :experimental (:trustStatus t :trustNextEdit t))))

(defun trust--introduce (connection)
  "Begin the session of CONNECTION."
  (let ((root (trust-connection-root connection)))
    (jsonrpc-async-request
     connection :initialize (trust--parameters root)
     :success-fn (lambda (_answer)
                   (jsonrpc-notify connection :initialized (make-hash-table))
                   (setf (trust-connection-ready connection) t)
                   (run-hook-with-args 'trust-ready-functions connection))
     :error-fn (lambda (problem)
                 (trust--note root :problem (plist-get problem :message))
                 (jsonrpc-shutdown connection))
     :timeout nil)))

(defun trust--note (root key value)
  "Note VALUE under KEY among the troubles of ROOT."
  (puthash root (plist-put (gethash root trust--troubles) key value) trust--troubles)
  (force-mode-line-update t))

(defun trust--ended (connection)
  "Tell that the server of CONNECTION has ended, and start it again later."
  (let ((root (trust-connection-root connection)))
    ;; One that somebody ended is not in the table any more.
    (when (eq connection (gethash root trust--connections))
      (remhash root trust--connections)
      (run-hook-with-args 'trust-ended-functions connection)
      (let* ((lived (- (float-time) (trust-connection-began connection)))
             (count (if (> lived trust--healthy) 0 (or (plist-get (gethash root trust--troubles) :count) 0)))
             (wait (nth count trust--back-off)))
        (trust--note root :count (1+ count))
        (if (null wait)
            (trust--give-up root (format "it ended %d times in a row; M-x trust-show-log says why" count))
          (trust--note root :problem (format "it has ended, and starts again in %s s" wait))
          (trust--note root :timer (run-with-timer wait nil #'trust--start-again root)))))))

(defun trust--give-up (root problem)
  "Say of ROOT that it has no server, and which PROBLEM that is."
  (unless (equal problem (plist-get (gethash root trust--troubles) :problem))
    (message "Trust: no server: %s" problem))
  (trust--note root :problem problem))

(defun trust--start-again (root)
  "Start the server of ROOT once more."
  (condition-case problem
      (trust--start root)
    (error (trust--give-up root (error-message-string problem)))))

(defun trust--stop (root)
  "End the server of ROOT, and whatever was to start it again."
  (when-let ((timer (plist-get (gethash root trust--troubles) :timer)))
    (cancel-timer timer))
  (remhash root trust--troubles)
  (when-let ((connection (gethash root trust--connections)))
    (remhash root trust--connections)
    (run-hook-with-args 'trust-ended-functions connection)
    (when (jsonrpc-running-p connection)
      (ignore-errors (jsonrpc-request connection :shutdown nil :timeout 2))
      (ignore-errors (jsonrpc-notify connection :exit nil))
      (with-timeout (2) (while (jsonrpc-running-p connection) (accept-process-output nil 0.02))))
    (jsonrpc-shutdown connection)))

(defun trust--answer (_connection method params)
  "Answer the server's request METHOD with PARAMS."
  (pcase method
    ('workspace/applyEdit (funcall trust-edit-function (plist-get params :edit)))
    ('window/showMessageRequest (message "Trust: %s" (plist-get params :message)) nil)
    ((or 'window/workDoneProgress/create 'client/registerCapability 'client/unregisterCapability) nil)
    (_ (jsonrpc-error :code -32601 :message (format "Emacs does not know %s" method)))))

(defun trust--hear (connection method params)
  "Hear the notification METHOD with PARAMS on CONNECTION."
  (pcase method
    ('window/showMessage (message "Trust: %s" (plist-get params :message)))
    ('trust/status
     (setf (trust-connection-status connection) params)
     (force-mode-line-update t))
    ('trust/nextEdit (run-hook-with-args 'trust-next-edit-functions params))
    ('$/progress
     (when-let ((listener (gethash (plist-get params :token) (trust-connection-listeners connection))))
       (funcall listener (plist-get params :value))))))

(defun trust--wait (root)
  "The connection of ROOT, once its server has begun."
  (trust--start root)
  (with-timeout (20 (user-error "Trust: the server does not begin; M-x trust-show-log may say why"))
    (while (and (gethash root trust--connections) (not (trust--connection root)))
      (accept-process-output nil 0.05)))
  (or (trust--connection root)
      (user-error "Trust: no server: %s" (or (plist-get (gethash root trust--troubles) :problem) "it has ended"))))

(defconst trust--patience 60
  "Seconds that `trust--ask' waits for an answer.")

(defun trust--ask (connection method &optional params)
  "What the server of CONNECTION answers to METHOD with PARAMS."
  ;; Not `jsonrpc-request': in Emacs 28 it leaves the process filter by a throw, and what came in one piece with
  ;; the answer is heard only when the server says something more.
  (let (answer id)
    (jsonrpc-async-request
     connection method (or params (make-hash-table))
     :success-fn (lambda (result) (setq answer (list result)))
     :error-fn (lambda (problem) (setq answer (list nil (or (plist-get problem :message) "no answer"))))
     :timeout nil)
    (setq id (trust-connection-sent connection))
    (unwind-protect
        (with-timeout (trust--patience (user-error "Trust: no answer in %d s" trust--patience))
          (while (null answer) (accept-process-output nil 0.02)))
      ;; Somebody who presses C-g does not want it any more.
      (unless answer (trust--cancel connection id)))
    (when (cadr answer) (user-error "Trust: %s" (cadr answer)))
    (car answer)))

(defvar trust--tokens 0
  "How many requests have had a token.")

(cl-defun trust--ask-later (connection method params &key part done failed)
  "Ask the server of CONNECTION METHOD with PARAMS, without waiting.
DONE gets the answer, FAILED a sentence, PART each preview before
the answer.  Returns the identifier of the request."
  (let* ((token (format "trust-%d" (cl-incf trust--tokens)))
         (listeners (trust-connection-listeners connection))
         (end (lambda () (remhash token listeners))))
    (when part
      (puthash token part listeners)
      (setq params (append params (list :partialResultToken token))))
    (jsonrpc-async-request
     connection method params
     :success-fn (lambda (answer) (funcall end) (when done (funcall done answer)))
     :error-fn (lambda (problem) (funcall end) (when failed (funcall failed (plist-get problem :message))))
     :timeout nil)
    (trust-connection-sent connection)))

(defun trust--cancel (connection id)
  "Tell the server of CONNECTION that nobody waits for the request ID."
  (when (jsonrpc-running-p connection)
    (jsonrpc-notify connection :$/cancelRequest (list :id id))))

(provide 'trust-server)
;;; trust-server.el ends here
