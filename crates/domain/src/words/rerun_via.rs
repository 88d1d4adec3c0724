use crate::text_enum::text_enum;

text_enum! {
    /// The door through which a rerun was asked for.
    pub enum RerunVia("door of a rerun") {
        /// The HTTP API.
        Api = "api",
        /// The command line.
        CommandLine = "command_line",
        /// The pages.
        Dashboard = "dashboard",
        /// A check run or check suite of a forge.
        CheckRun = "check_run",
        /// A comment.
        Comment = "comment",
        /// None: it was found in the history of another service.
        Import = "import",
    }
}
