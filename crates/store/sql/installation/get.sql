SELECT id, instance FROM installation
