"""From article to label, without torch: windows, session, pooling, calibration, the model folder."""
