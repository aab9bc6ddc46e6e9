"""The Train tab: plan a training, watch it, mend it, keep what came out. Other tabs are strangers."""
