"""Training in several processes at once: DDP and FSDP2 of torch, checkpoints in shards. Imports what engine may."""
