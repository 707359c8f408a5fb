"""Full screens, dialogs and file actions."""
